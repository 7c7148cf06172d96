import { Controller } from "@hotwired/stimulus";

// Tells pages in other tabs that a member is signed in: "resume" at the end of a sign-in or confirmation for which a
// page waits, "signed-in" on each page of a signed-in member.
export default class extends Controller {
  static values = { says: { type: String, default: "resume" } };

  connect() {
    const channel = new BroadcastChannel("tomoru");
    channel.postMessage(this.saysValue);
    channel.close();
  }
}
