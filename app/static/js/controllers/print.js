import { BaseController } from "#js/base_controller.js";

// A command that prints the page.
export default class extends BaseController {
  open() {
    window.print();
  }
}
