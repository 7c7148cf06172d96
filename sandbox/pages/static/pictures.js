// Pictures to send: scenes drawn here, or a file of one's own, made smaller as a phone does it.

import { t } from "./words.js";

const LARGEST_FILE = 5 * 1024 * 1024;
const LONGEST_SIDE = 1280;
const QUALITY = 0.85;

const disc = (pen, x, y, r, colour) => {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.arc(x, y, r, 0, 7);
  pen.fill();
};
const area = (pen, colour, ...points) => {
  pen.fillStyle = colour;
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.fill();
};
const ground = (pen, top, bottom) => {
  const shade = pen.createLinearGradient(0, 0, 0, 300);
  shade.addColorStop(0, top);
  shade.addColorStop(1, bottom);
  pen.fillStyle = shade;
  pen.fillRect(0, 0, 400, 300);
};

function mountain(pen) {
  ground(pen, "#f7b267", "#f4845f");
  disc(pen, 300, 95, 38, "#ffe8a3");
  area(pen, "#5a6f9c", [40, 240], [190, 80], [340, 240]);
  area(pen, "#ffffff", [154, 118], [190, 80], [226, 118], [205, 112], [190, 128], [173, 112]);
  area(pen, "#33415c", [0, 300], [0, 220], [120, 190], [260, 235], [400, 200], [400, 300]);
}

function coffee(pen) {
  ground(pen, "#c99f78", "#8f6544");
  disc(pen, 200, 155, 118, "#fff8ef");
  disc(pen, 200, 155, 92, "#fffdf9");
  disc(pen, 200, 155, 78, "#7a4a26");
  pen.fillStyle = "#f5dfc0";
  pen.beginPath();
  pen.moveTo(200, 205);
  pen.bezierCurveTo(110, 150, 160, 95, 200, 130);
  pen.bezierCurveTo(240, 95, 290, 150, 200, 205);
  pen.fill();
}

function night(pen) {
  ground(pen, "#1d2b53", "#46508f");
  for (let star = 0; star < 40; star += 1)
    disc(pen, (star * 97) % 400, (star * 53) % 170, 1 + (star % 3) * 0.7, "#fff3c4");
  disc(pen, 320, 70, 30, "#fff3c4");
  for (let building = 0; building < 8; building += 1) {
    const height = 70 + ((building * 37) % 60);
    area(
      pen,
      "#12172f",
      [building * 52 - 8, 300],
      [building * 52 - 8, 300 - height],
      [building * 52 + 36, 300 - height],
      [building * 52 + 36, 300],
    );
    for (let light = 0; light < 4; light += 1)
      if ((building + light) % 3)
        disc(pen, building * 52 + 4 + (light % 2) * 18, 316 - height + Math.floor(light / 2) * 24, 4, "#ffd166");
  }
}

function flower(pen) {
  ground(pen, "#bfe3f7", "#dff2d8");
  area(pen, "#4f9d5d", [194, 300], [197, 170], [205, 170], [208, 300]);
  for (let petal = 0; petal < 8; petal += 1)
    disc(
      pen,
      200 + Math.cos((petal * Math.PI) / 4) * 52,
      140 + Math.sin((petal * Math.PI) / 4) * 52,
      32,
      petal % 2 ? "#f28ab2" : "#f7a8c4",
    );
  disc(pen, 200, 140, 34, "#ffd166");
}

export const SCENES = [
  { name: "Mountain in the evening", draw: mountain },
  { name: "A cup of coffee", draw: coffee },
  { name: "Town at night", draw: night },
  { name: "A flower", draw: flower },
];

/** A scene on a canvas of its own. */
export function drawScene(scene, width = 1200) {
  const canvas = sized(width, width * 0.75);
  const pen = canvas.getContext("2d");
  pen.scale(width / 400, width / 400);
  scene.draw(pen);
  return canvas;
}

function sized(width, height) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.max(1, Math.round(width)), Math.max(1, Math.round(height))];
  return canvas;
}

/** A picture file of at most 5 MB, drawn again no larger than a phone would send it. */
export async function fromFile(file) {
  if (file.size > LARGEST_FILE) throw new Error(t("The picture is larger than 5 MB."));
  let image;
  try {
    image = await createImageBitmap(file);
  } catch {
    throw new Error(t("This file is not a picture that can be read."));
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(image.width, image.height));
  const canvas = sized(image.width * scale, image.height * scale);
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** The picture as the control API takes it. */
export function toUpload(canvas) {
  return { upload: canvas.toDataURL("image/jpeg", QUALITY).split(",")[1], upload_type: "image/jpeg" };
}
