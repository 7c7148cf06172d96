"""LINE's rules for Flex and for actions in JSON, said at the property that breaks them."""
