/** Numbered and forward only: a migration that has run somewhere is never edited; a mistake is mended by the next one. */
export const migrations: any[] = [];
