import { Controller } from "@hotwired/stimulus";

// On the page at the end of a sign-in or confirmation: tells the tab that waits for it to go on.
export default class extends Controller {
  connect() {
    const channel = new BroadcastChannel("tomoru");
    channel.postMessage("resume");
    channel.close();
  }
}
