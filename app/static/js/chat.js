// Adds the controllers of the chat, which only its pages load.
import { application } from "#js/application.js";
import ChatController from "#js/controllers/chat.js";
import ChatComposerController from "#js/controllers/chat_composer.js";
import ChatFilesController from "#js/controllers/chat_files.js";
import HelperController from "#js/controllers/helper.js";
import InsertController from "#js/controllers/insert.js";
import NoteController from "#js/controllers/note.js";
import WritingController from "#js/controllers/writing.js";

const controllers = {
  chat: ChatController,
  "chat-composer": ChatComposerController,
  "chat-files": ChatFilesController,
  helper: HelperController,
  insert: InsertController,
  note: NoteController,
  writing: WritingController,
};
for (const [identifier, controller] of Object.entries(controllers)) application.register(identifier, controller);
