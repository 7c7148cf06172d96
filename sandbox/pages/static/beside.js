// What stands beside the phone; on a small screen it is a sheet over the chat.

import { byId } from "./dom.js";

export class Beside {
  constructor() {
    this.sheet = byId("beside");
    byId("close-beside").addEventListener("click", () => this.show(false));
    this.sheet.addEventListener("keydown", (event) => event.key === "Escape" && this.show(false));
  }

  show(open) {
    this.sheet.classList.toggle("open", open);
    byId(open ? "close-beside" : "chat-menu-button").focus();
  }
}
