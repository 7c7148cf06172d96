// The rich menu below the chat: a bar with its words, and its picture with areas to tap.

import { makeTappable } from "./actions.js";
import { byId, h, picture } from "./dom.js";
import { t } from "./words.js";

export class RichMenu {
  constructor(phone) {
    this.phone = phone;
    this.root = byId("rich-menu");
    this.bar = byId("rich-menu-bar");
    this.panel = byId("rich-menu-picture");
    this.bar.addEventListener("click", () => this.show(this.panel.hidden));
  }

  take(news) {
    if (!("rich_menu" in news)) return;
    // LINE for PC shows no rich menu.
    const menu = this.phone.onPc ? null : news.rich_menu;
    const wasOpen = this.menu ? !this.panel.hidden : menu?.selected;
    this.menu = menu;
    this.root.hidden = !menu;
    this.root.dataset.menu = menu?.richMenuId ?? "";
    this.panel.replaceChildren(...(menu ? this.drawn(menu) : []));
    if (menu) this.show(wasOpen);
  }

  /** Open or close the picture; without a menu nothing is shown. */
  show(open) {
    this.panel.hidden = !open;
    this.bar.setAttribute("aria-expanded", String(Boolean(open)));
    this.bar.replaceChildren(
      h("bdi", {}, this.menu?.chatBarText ?? ""),
      h("span", { "aria-hidden": "true" }, open ? " ▾" : " ▴"),
    );
  }

  drawn(menu) {
    const { size } = menu;
    this.panel.style.aspectRatio = `${size.width} / ${size.height}`;
    const address = `/_sandbox/rich-menus/${this.phone.channel}/${menu.richMenuId}`;
    const image = picture(address, { alt: "" }, h("span", { class: "missing" }, t("The menu has no image yet.")));
    return [image, ...menu.areas.map((area, number) => this.area(area, size, number))];
  }

  area({ bounds, action }, size, number) {
    const label = action.label || action.displayText || action.text || t("Area {number}", { number: number + 1 });
    const spot = h("div", { class: "spot" });
    const share = (value, whole) => `${(100 * value) / whole}%`;
    Object.assign(spot.style, {
      left: share(bounds.x, size.width),
      top: share(bounds.y, size.height),
      width: share(bounds.width, size.width),
      height: share(bounds.height, size.height),
    });
    return makeTappable(spot, { ...action, label }, this.phone);
  }
}
