// biome-ignore-all lint/performance/noBarrelFile: it is the entry of a bundle, whose exports are what the others load of it
/**
 * What is used of the protocol's own library, in one place: it is built into a file of its own (`dist/mcp/sdk.cjs`), so
 * that nothing else reads it or grows by it.
 */
export { Client } from '@modelcontextprotocol/sdk/client/index.js';
export { StreamableHTTPClientTransport, StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
export { Server } from '@modelcontextprotocol/sdk/server/index.js';
export { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
export { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
export type { ProgressCallback } from '@modelcontextprotocol/sdk/shared/protocol.js';
export {
  CallToolRequestSchema,
  type CallToolResult,
  CallToolResultSchema,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  type Tool as ToolDescription,
} from '@modelcontextprotocol/sdk/types.js';
