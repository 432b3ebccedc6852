import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// In production your proxy serves page and gateway under one name; here this server does.
const gateway = "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  server: { host: "localhost", port: 5173, strictPort: true, proxy: { "/graphql": gateway } },
});
