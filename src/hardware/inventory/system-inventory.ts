/** What is asked of `systeminformation`, and the part of its answers that is used. */
import * as z from 'zod';

/** Its answers differ by platform and version, so they are data from outside until validated. */
export interface SystemInventory {
  cpu(): Promise<unknown>;
  mem(): Promise<unknown>;
  memLayout(): Promise<unknown>;
  /** Runs `lspci` and, blocking, `nvidia-smi`: never to be called while something is measured. */
  graphics(): Promise<unknown>;
  osInfo(): Promise<unknown>;
  uuid(): Promise<unknown>;
}

const load = () => import('systeminformation');

/** Loaded when first asked: it takes 10 MB, which an agent that waits for its schedule does without. */
export const systemInventory: SystemInventory = {
  cpu: async () => (await load()).cpu(),
  mem: async () => (await load()).mem(),
  memLayout: async () => (await load()).memLayout(),
  graphics: async () => (await load()).graphics(),
  osInfo: async () => (await load()).osInfo(),
  uuid: async () => (await load()).uuid(),
};

/** Empty words and zeros are its way of not knowing. */
const word = z
  .string()
  .transform((text) => text.trim() || undefined)
  .optional()
  .catch(undefined);
const figure = z
  .number()
  .transform((number) => (number > 0 ? number : undefined))
  .optional()
  .catch(undefined);

export const cpuAnswerSchema = z.object({
  manufacturer: word,
  brand: word,
  vendor: word,
  cores: figure,
  physicalCores: figure,
  /** GHz. */
  speed: figure,
  speedMax: figure,
});

export const memAnswerSchema = z.object({ total: figure });

/** `clockSpeed` in transfers of 10⁶ per second. */
export const memLayoutAnswerSchema = z.array(z.object({ type: word, clockSpeed: figure }));

/** Sizes in MiB. */
const controllerSchema = z.object({
  vendor: word,
  model: word,
  name: word,
  bus: word,
  busAddress: word,
  pciBus: word,
  vram: figure,
  vramDynamic: z.boolean().catch(false),
  driverVersion: word,
  memoryTotal: figure,
});
export type GraphicsController = z.infer<typeof controllerSchema>;

export const graphicsAnswerSchema = z.object({
  // An entry that cannot be read must not hide the others.
  controllers: z
    .array(controllerSchema.optional().catch(undefined))
    .transform((controllers) => controllers.flatMap((controller) => controller ?? [])),
});

export const osAnswerSchema = z.object({ platform: word, distro: word, release: word, kernel: word, arch: word });

export const uuidAnswerSchema = z.object({ os: word });
