"""The ground floor: what every package stands on, without a word of the business in it."""
