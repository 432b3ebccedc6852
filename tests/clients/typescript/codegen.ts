import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../../../docs/schema.graphql",
  documents: "../../contracts/operations/consulat-sample/*.graphql",
  generates: {
    "generated/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: "string",
        useTypeImports: true,
        enumsAsTypes: true,
        strictScalars: true,
        scalars: { DateTime: "string", DataUri: "string" },
      },
    },
  },
  emitLegacyCommonJSImports: false,
};

export default config;
