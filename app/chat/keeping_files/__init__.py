"""For how long and up to which size an account keeps the files that friends send."""
