// <form data-upload>: sends its file with a progress bar in percent; without script the form sends itself.
(() => {
  const part = (form, name) => form.querySelector(`[data-upload-${name}]`);

  const say = (form, sentence) => {
    part(form, "error").textContent = sentence;
    form.elements.file.classList.toggle("is-invalid", sentence !== "");
  };

  // Leaving the page ends the upload, so the browser asks first.
  const ask = (event) => event.preventDefault();

  const show = (form, isSending) => {
    window[isSending ? "addEventListener" : "removeEventListener"]("beforeunload", ask);
    part(form, "progress").hidden = !isSending;
    part(form, "start").hidden = isSending;
    for (const control of form.querySelectorAll("input, select")) control.disabled = isSending;
  };

  const tell = (form, percent) => {
    const words = part(form, "words");
    part(form, "progress").querySelector("progress").value = percent;
    words.textContent = percent < 100 ? words.dataset.sending.replace("{percent}", percent) : words.dataset.storing;
  };

  // A refusal is the form again, with its reason, or a message beside the answer; anything else has no words of its own.
  const refuse = (form, request) => {
    const answer = new DOMParser().parseFromString(request.responseText, "text/html");
    const { toast } = JSON.parse(request.getResponseHeader("HX-Trigger") ?? "{}");
    const reason = answer.querySelector("[data-upload-error]")?.textContent || toast?.toasts[0].message;
    say(form, reason || form.dataset.broken);
  };

  // Where the form says so, the answer joins the files that have arrived; otherwise it names the next page.
  const arrive = (form, request) => {
    const into = form.dataset.uploadInto && document.querySelector(form.dataset.uploadInto);
    if (!into) {
      location.assign(request.getResponseHeader("HX-Redirect"));
      return;
    }
    into.insertAdjacentHTML("beforeend", request.responseText);
    htmx.process(into.lastElementChild);
    form.reset();
    part(form, "start").focus();
  };

  const send = (form) => {
    const body = new FormData(form);
    const request = new XMLHttpRequest();
    const stop = (sentence) => {
      show(form, false);
      say(form, sentence);
    };
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) tell(form, Math.floor((100 * event.loaded) / event.total));
    });
    request.addEventListener("load", () => {
      show(form, false);
      if (request.status < 400) arrive(form, request);
      else refuse(form, request);
    });
    request.addEventListener("error", () => stop(form.dataset.broken));
    request.addEventListener("abort", () => stop(form.dataset.cancelled));
    part(form, "cancel").onclick = () => request.abort();
    request.open("POST", form.action);
    // Answered as htmx is: with the way to the next page instead of that page itself, whose message would be lost.
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("X-CSRFToken", document.querySelector("meta[name=csrf-token]").content);
    say(form, "");
    show(form, true);
    tell(form, 0);
    request.send(body);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-upload]");
    if (!form) return;
    event.preventDefault();
    delete form.dataset.sent;
    const file = form.elements.file.files[0];
    if (file && file.size > Number(form.dataset.most)) say(form, form.dataset.tooLarge);
    else send(form);
  });
})();
