"""The composer: drafts of message sets that members edit in the browser, for whatever owner shows them.

An owner's page opens a draft, prints the composer inside its own form (`messages/composer/_composer.html`), and takes
the content when the form is saved:

    draft = open_draft(account_id, "auto_message", message.id, message.content, actor=actor)
    content = take(account_id, draft_id, request.form, actor=actor)
"""
