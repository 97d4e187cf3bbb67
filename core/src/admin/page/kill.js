// Ends a conversation: asks first, and for the token if the server wants one.

class KillDialog {
  /** `done(text)` is called with what the server has said. */
  constructor(done) {
    this.done = done;
    this.token = "";
    this.dialog = byId("kill");
    byId("kill-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.kill();
    });
    byId("kill-cancel").addEventListener("click", () => this.dialog.close());
  }

  open(session) {
    this.session = session;
    setText(byId("kill-who"), `${session.id}: ${session.peer} on ${session.listener} ${session.transport}`);
    setText(byId("kill-failure"), "");
    this.dialog.showModal();
  }

  async kill() {
    const typed = byId("kill-token").value.trim();
    if (typed) this.token = typed;
    try {
      const headers = this.token ? { authorization: `Bearer ${this.token}` } : {};
      const answer = await ask(`/sessions/${this.session.id}/kill`, { method: "POST", headers });
      this.heard(answer.status, (await answer.text()).trim());
    } catch (error) {
      setText(byId("kill-failure"), `The server has not answered: ${error.message}`);
    }
  }

  heard(status, text) {
    if (status === 401) {
      this.token = "";
      byId("kill-token").value = "";
      byId("kill-token-part").hidden = false;
      byId("kill-token").focus();
      return setText(byId("kill-failure"), text);
    }
    if (status !== 200 && status !== 404) return setText(byId("kill-failure"), text);
    byId("kill-token").value = "";
    byId("kill-token-part").hidden = true;
    this.dialog.close();
    this.done(text);
  }
}
