// Hands in the ID token of who tapped a shared link, and leads on; whatever fails, and whatever takes long, leads on at once.

const PATIENCE = 4000;

const link = document.getElementById("visit");
let hasLeft = false;

function leave() {
  if (hasLeft) return;
  hasLeft = true;
  window.location.replace(link.href);
}

// Offers to add the account; LINE says neither what was chosen nor, where it cannot ask, why.
async function befriend(liff) {
  const { friendFlag } = await liff.getFriendship();
  if (friendFlag) return;
  clearTimeout(patience);
  await liff.requestFriendship();
}

async function tell() {
  const { liff } = window;
  await liff.init({ liffId: link.dataset.liffId });
  if (!liff.isLoggedIn()) return;
  const token = liff.getIDToken();
  if (!token) return;
  if (liff.getDecodedIDToken().exp * 1000 > Date.now()) navigator.sendBeacon(link.dataset.tell, token);
  // LINE keeps a token that has run out; only this makes it fetch another one the next time.
  else liff.logout();
  if (link.dataset.befriends !== undefined) await befriend(liff);
}

const patience = setTimeout(leave, PATIENCE);
const script = document.createElement("script");
script.src = link.dataset.sdk;
script.nonce = link.dataset.nonce;
script.addEventListener("error", leave);
script.addEventListener("load", () => tell().then(leave, leave));
document.head.append(script);
