import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { REGISTRY_KINDS } from '../../libs/registries/domain/registry-row.js';
import { exampleContent, readWorkbookContent } from '../support/regulation-registries.js';
import { convertedToXlsx } from '../support/soffice.js';

const SOURCES = join(import.meta.dirname, '../contract/registries');

describe.each(REGISTRY_KINDS)('A registry that the installed LibreOffice saves: %s', (kind) => {
  it.each(['texts.csv', 'cells.fods'])('is read like the regulation’s example, from %s', async (source) => {
    const file = await convertedToXlsx(join(SOURCES, `${kind.toLowerCase()}-${source}`));
    expect(await readWorkbookContent(file)).toEqual(exampleContent(kind));
  });
});
