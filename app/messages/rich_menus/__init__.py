"""Rich menus: the picture with areas to tap below a chat, who sees it and when, and its life at LINE.

LINE's menus never change: another text, area or image is a new menu, to which everything is moved before the old one is
deleted. What programs of others made on the same channel is shown, and otherwise left alone.
"""
