const meta = () => document.querySelector("meta[name=csrf-token]");

export const csrfToken = () => meta().content;

// Puts a fresh token into the page and all its forms, which the server gives to a page of an earlier session.
export const freshen = (token) => {
  meta().content = token;
  for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
};
