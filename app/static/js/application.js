// Starts Stimulus with every controller of controllers/. The import map in layouts/base.html says where modules lie.
import { Application } from "@hotwired/stimulus";
import { controllers } from "#js/controllers/index.js";

export const application = Application.start();
for (const [identifier, controller] of Object.entries(controllers)) application.register(identifier, controller);
