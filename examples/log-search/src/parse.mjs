// A line of a log as fields: JSON as it is, `level message key=value ...` taken apart, and anything else as text.
const PLAIN = /^(\S+)\s+(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\s+(.*)$/;

export const parse = line => {
  try {
    const value = JSON.parse(line);
    if (value && typeof value === "object" && !Array.isArray(value)) return value;
  } catch {
    // Not JSON: one of the other forms.
  }
  const found = PLAIN.exec(line);
  if (!found) return { message: line };
  const [, time, level, rest] = found;
  const fields = Object.fromEntries([...rest.matchAll(/(\w+)=(\S+)/g)].map(([, key, value]) => [key, value]));
  return { time, level, message: rest.replace(/\s*\w+=\S+/g, "").trim(), ...fields };
};

// Lines in groups that fit a message, with room for what JSON adds. A line too long for any message is cut: one
// character becomes at most six in JSON.
export const groups = (lines, room = 200_000) => {
  const all = [];
  let group = [];
  let size = 0;
  for (const whole of lines) {
    const fits = Buffer.byteLength(JSON.stringify(whole)) < room;
    const line = fits ? whole : whole.slice(0, Math.floor(room / 6) - 1);
    const length = Buffer.byteLength(JSON.stringify(line)) + 1;
    if (group.length && size + length > room) {
      all.push(group);
      group = [];
      size = 0;
    }
    group.push(line);
    size += length;
  }
  if (group.length) all.push(group);
  return all;
};
