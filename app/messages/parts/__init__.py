"""Message Items: Rich Messages and Card Type Messages that members keep, to put copies of them into messages."""
