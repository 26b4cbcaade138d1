/* Passkeys: asks the server what to ask for, the browser for a key, and sends the answer with the form. */
(() => {
  if (!window.PublicKeyCredential) return;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const described = (keys) => (keys || []).map((key) => ({ ...key, id: bytes(key.id) }));
  const asked = {
    create: (o) => navigator.credentials.create({ publicKey: {
      ...o, challenge: bytes(o.challenge), user: { ...o.user, id: bytes(o.user.id) },
      excludeCredentials: described(o.excludeCredentials),
    } }),
    get: (o) => navigator.credentials.get({ publicKey: {
      ...o, challenge: bytes(o.challenge), allowCredentials: described(o.allowCredentials),
    } }),
  };
  const said = (key) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (key.response[name]) response[name] = text(key.response[name]);
    }
    return JSON.stringify({
      id: key.id, rawId: text(key.rawId), type: key.type, response, clientExtensionResults: key.getClientExtensionResults(),
      authenticatorAttachment: key.authenticatorAttachment,
    });
  };
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const told = form.querySelector("[data-told]");
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      told.textContent = "";
      try {
        const answer = await fetch(form.dataset.start, { method: "POST", body: new URLSearchParams(new FormData(form)) });
        if (answer.status === 422) {
          told.textContent = (await answer.json()).told;
          return;
        }
        if (!answer.ok || answer.redirected) throw new Error(answer.status);
        form.elements.credential.value = said(await asked[form.dataset.passkey](await answer.json()));
        const password = form.elements.password;
        if (password) password.value = "";
        form.submit();
      } catch {
        told.textContent = told.dataset.broken;  // refused by the person or the device: the browser does not say which
      }
    });
  }
})();
