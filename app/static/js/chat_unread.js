// How many conversations have something new, in the title of the page and beside the menu.

const SHOWN = 99;

export function showUnread(number) {
  const words = number > SHOWN ? `${SHOWN}+` : String(number);
  const title = document.title.replace(/^\(\d+\+?\) /, "");
  document.title = number ? `(${words}) ${title}` : title;
  for (const badge of document.querySelectorAll("[data-chat-unread]")) {
    badge.hidden = number === 0;
    badge.textContent = words;
  }
}
