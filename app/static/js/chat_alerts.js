// New messages are told by the browser and by a sound, where the member has switched that on.

const heard = new Map();

// Tells of those lines that were not told before; those of the conversation that the reader looks at are none.
export function tell(lines, { notifies, rings, open }) {
  const news = lines.filter(({ dataset }) => isNew(dataset) && !(dataset.talk === open && !document.hidden));
  if (news.length === 0) return;
  if (rings) ring();
  if (notifies && window.Notification?.permission === "granted") news.forEach(show);
}

// Asks the browser; returns whether it allows notifications.
export async function allow() {
  if (!window.Notification) return false;
  return (await window.Notification.requestPermission()) === "granted";
}

function isNew({ talk, message }) {
  const isLater = Number(message) > (heard.get(talk) ?? 0);
  if (isLater) heard.set(talk, Number(message));
  return isLater;
}

function show({ dataset, textContent }) {
  const note = new window.Notification(dataset.name, { body: textContent, tag: `chat-${dataset.talk}` });
  note.onclick = () => {
    window.focus();
    window.location.assign(dataset.url);
  };
}

// Two short tones; a page that was not touched yet may not sound.
function ring() {
  const Sound = window.AudioContext;
  if (!Sound) return;
  const sound = new Sound();
  for (const [at, pitch] of [[0, 660], [0.15, 880]]) {
    const tone = sound.createOscillator();
    const volume = sound.createGain();
    tone.frequency.value = pitch;
    volume.gain.value = 0.08;
    tone.connect(volume).connect(sound.destination);
    tone.start(sound.currentTime + at);
    tone.stop(sound.currentTime + at + 0.12);
  }
  setTimeout(() => sound.close(), 1_000);
}
