// Mentions in a group: a name behind @ is one, as when it is chosen from LINE's list.

const ALL = ["@All", "@全員"];

/** What LINE tells of the mentions in a text; undefined where there is none, or no group. */
export function mentionsIn(text, group) {
  if (!group) return undefined;
  const people = (group.member_list ?? []).map(({ user_id: userId, display_name: name }) => ({
    words: `@${name}`,
    told: { type: "user", userId },
  }));
  const all = ALL.map((words) => ({ words, told: { type: "all" } }));
  // Longer names first, so that a name that begins like another is whole.
  const wanted = [...people, ...all].filter(({ words }) => words.length > 1).sort((a, b) => b.words.length - a.words.length);
  const mentionees = [];
  for (const { words, told } of wanted) {
    for (let index = text.indexOf(words); index >= 0; index = text.indexOf(words, index + words.length))
      if (!mentionees.some((one) => index < one.index + one.length && one.index < index + words.length))
        mentionees.push({ index, length: words.length, ...told });
  }
  return mentionees.length ? { mentionees: mentionees.sort((a, b) => a.index - b.index) } : undefined;
}
