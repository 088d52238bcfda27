import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const OUT = "../src/ormer/studio/assets";
const PACKED = /\.(js|css|html|svg|json)$/;
const PACKED_BYTES_MIN = 1024;

/** Compresses what was built, so that the server only has to send it. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    closeBundle() {
      for (const file of filesIn(join(import.meta.dirname, OUT))) {
        if (!PACKED.test(file) || statSync(file).size < PACKED_BYTES_MIN) continue;
        const content = readFileSync(file);
        writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
        writeFileSync(`${file}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
      }
    },
  };
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

export default defineConfig({
  base: "/studio/",
  plugins: [react(), packed()],
  worker: { format: "es" },
  build: {
    outDir: OUT,
    assetsDir: "static",
    emptyOutDir: true,
    // Inlined files would be data: addresses, which the page's policy forbids for scripts and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2023",
  },
  server: {
    // `npm run dev` beside a running server: its API and events, these pages.
    proxy: Object.fromEntries(
      ["/studio/api", "/studio/events"].map((path) => [
        path,
        { target: process.env.ORMER_ENDPOINT ?? "http://127.0.0.1:4590" },
      ]),
    ),
  },
});
