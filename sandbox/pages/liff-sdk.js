// Stands in for LINE's script for LIFF pages: says who has the page open, as LINE's app has told it in the address.

(() => {
  const name = (liffId) => `sandbox-liff:${liffId}`;
  let known = null;
  let id = "";

  /** Where the way that is packed into the first address leads: below the endpoint, with both queries. */
  function unpacked(here, way) {
    const [path, query = ""] = way.split("?");
    here.searchParams.delete("liff.state");
    for (const [key, value] of new URLSearchParams(query)) here.searchParams.append(key, value);
    here.pathname = here.pathname.replace(/\/$/, "") + path;
    here.hash = "";
    return here.href;
  }

  window.liff = {
    async init({ liffId }) {
      id = liffId;
      const here = new URL(location.href);
      const brought = new URLSearchParams(here.hash.slice(1)).get("id_token");
      if (brought) sessionStorage.setItem(name(id), brought);
      const way = here.searchParams.get("liff.state");
      if (way !== null) {
        location.replace(unpacked(here, way));
        return new Promise(() => {});
      }
      known = sessionStorage.getItem(name(id));
      return undefined;
    },
    isInClient: () => known !== null,
    isLoggedIn: () => known !== null,
    getIDToken: () => known,
    getDecodedIDToken() {
      if (known === null) return null;
      const raw = atob(known.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
      return JSON.parse(new TextDecoder().decode(Uint8Array.from(raw, (one) => one.charCodeAt(0))));
    },
    logout() {
      sessionStorage.removeItem(name(id));
      known = null;
    },
  };
})();
