// Adds the controllers of the builder of workflows, which only its page loads.
import { application } from "#js/application.js";
import BuilderController from "#js/controllers/builder.js";
import FlowKeysController from "#js/controllers/flow_keys.js";
import FoldsController from "#js/controllers/folds.js";
import MinimapController from "#js/controllers/minimap.js";
import PrintController from "#js/controllers/print.js";
import ZoomController from "#js/controllers/zoom.js";

const controllers = {
  builder: BuilderController,
  "flow-keys": FlowKeysController,
  folds: FoldsController,
  minimap: MinimapController,
  print: PrintController,
  zoom: ZoomController,
};
for (const [identifier, controller] of Object.entries(controllers)) application.register(identifier, controller);
