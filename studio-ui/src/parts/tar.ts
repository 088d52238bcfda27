/** What is in a tar archive, packed with gzip or not, as far as its beginning tells. */

export interface Member {
  name: string;
  size: number;
  folder: boolean;
}

const BLOCK = 512;
// More of a small file that unpacks to something huge is not looked at.
const UNPACKED_BYTES_MAX = 64 << 20;
const MEMBERS_MAX = 2000;

/** The members that are told of; `whole` is false where the archive goes on behind what was read. */
export async function membersOf(bytes: Uint8Array): Promise<{ members: Member[]; whole: boolean }> {
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? await unpacked(bytes) : bytes;
  const members: Member[] = [];
  let at = 0;
  let long = "";
  while (at + BLOCK <= plain.length) {
    const head = plain.subarray(at, at + BLOCK);
    if (head.every((byte) => byte === 0)) return { members, whole: true };
    const size = sizeOf(head);
    const type = String.fromCharCode(head[156] ?? 0);
    const body = at + BLOCK;
    at = body + Math.ceil(size / BLOCK) * BLOCK;
    if (type === "L" || type === "x") {
      // The next member's name, where it is too long for its header: GNU's way, and POSIX'.
      const text = words(plain.subarray(body, body + size));
      long = type === "L" ? text : (/\d+ path=([^\n]*)\n/.exec(text)?.[1] ?? long);
      continue;
    }
    if (type === "g") continue;
    const name = long || [words(head.subarray(345, 500)), words(head.subarray(0, 100))].filter(Boolean).join("/");
    long = "";
    members.push({ name, size, folder: type === "5" || name.endsWith("/") });
    if (members.length >= MEMBERS_MAX) break;
  }
  return { members, whole: false };
}

function sizeOf(head: Uint8Array): number {
  const field = head.subarray(124, 136);
  // Sizes beyond eight gibibytes are binary.
  if ((field[0] ?? 0) & 0x80) return field.subarray(4).reduce((sum, byte) => sum * 256 + byte, 0);
  return Number.parseInt(words(field).trim() || "0", 8);
}

function words(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** What can be unpacked: the beginning of a longer file ends in the middle. */
async function unpacked(bytes: Uint8Array): Promise<Uint8Array> {
  const reader = new Blob([bytes as BlobPart]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    while (size < UNPACKED_BYTES_MAX) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      size += value.length;
    }
    if (size >= UNPACKED_BYTES_MAX) void reader.cancel();
  } catch {
    // It was cut off; what came before holds.
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
