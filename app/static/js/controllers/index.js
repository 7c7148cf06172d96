import AreasController from "#js/controllers/areas.js";
import ChartController from "#js/controllers/chart.js";
import CodeFieldController from "#js/controllers/code_field.js";
import CollapseController from "#js/controllers/collapse.js";
import CommandsController from "#js/controllers/commands.js";
import ComposerController from "#js/controllers/composer.js";
import CopyController from "#js/controllers/copy.js";
import CounterController from "#js/controllers/counter.js";
import DialogController from "#js/controllers/dialog.js";
import DrawerController from "#js/controllers/drawer.js";
import FocusController from "#js/controllers/focus.js";
import GuardController from "#js/controllers/guard.js";
import KeepController from "#js/controllers/keep.js";
import LeftController from "#js/controllers/left.js";
import ListEditorController from "#js/controllers/list_editor.js";
import MenuController from "#js/controllers/menu.js";
import OrderController from "#js/controllers/order.js";
import PaletteController from "#js/controllers/palette.js";
import PasskeyController from "#js/controllers/passkey.js";
import PhoneController from "#js/controllers/phone.js";
import PickerController from "#js/controllers/picker.js";
import PictureController from "#js/controllers/picture.js";
import PreviewController from "#js/controllers/preview.js";
import RequestsController from "#js/controllers/requests.js";
import ResumeController from "#js/controllers/resume.js";
import SelectionController from "#js/controllers/selection.js";
import SheetController from "#js/controllers/sheet.js";
import ShelfController from "#js/controllers/shelf.js";
import SubmitOnceController from "#js/controllers/submit_once.js";
import TabsController from "#js/controllers/tabs.js";
import ThemeController from "#js/controllers/theme.js";
import ToastsController from "#js/controllers/toasts.js";
import UnsentController from "#js/controllers/unsent.js";
import UploadController from "#js/controllers/upload.js";

// What `data-controller` may name.
export const controllers = {
  areas: AreasController,
  chart: ChartController,
  "code-field": CodeFieldController,
  collapse: CollapseController,
  commands: CommandsController,
  composer: ComposerController,
  copy: CopyController,
  counter: CounterController,
  dialog: DialogController,
  drawer: DrawerController,
  focus: FocusController,
  guard: GuardController,
  keep: KeepController,
  left: LeftController,
  "list-editor": ListEditorController,
  menu: MenuController,
  order: OrderController,
  palette: PaletteController,
  passkey: PasskeyController,
  phone: PhoneController,
  picker: PickerController,
  picture: PictureController,
  preview: PreviewController,
  requests: RequestsController,
  resume: ResumeController,
  selection: SelectionController,
  sheet: SheetController,
  shelf: ShelfController,
  "submit-once": SubmitOnceController,
  tabs: TabsController,
  theme: ThemeController,
  toasts: ToastsController,
  unsent: UnsentController,
  upload: UploadController,
};
