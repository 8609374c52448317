import { z } from 'zod';
import { article, id } from './words';

const hours = z.int().positive();

/** Reading that people look at: beyond a person's own habit, or sweeping ids. All of it is policy. */
export const harvest = z
  .strictObject({
    factor: z.number().gt(1).describe('so many times the median of the person’s own earlier days'),
    least: z.int().positive().describe('fewer a day, one by one, are never above a habit'),
    leastBulk: z.int().positive().describe('the same of pages, exports, changes and findings'),
    leastAsked: z.int().positive().describe('fewer different ids a day are no sweep'),
    notFound: z.number().gt(0).max(1).describe('from this share of ids that are not there on, it is a sweep'),
    days: z.int().positive().describe('so many earlier days with use make the habit'),
    article,
  })
  .default({ factor: 5, least: 200, leastBulk: 20_000, leastAsked: 30, notFound: 0.5, days: 30, article: 'policy' });

/** Breaches and compelled disclosure: whom the undertaking protects, by which articles, and how long one has. */
export const incidents = z
  .strictObject({
    undertaking: z
      .strictObject({ protects: id, breach: z.strictObject({ article }), compelled: z.strictObject({ article }) })
      .optional()
      .describe('whose data it protects; the same for another’s is policy'),
    atOnce: z.strictObject({ hours, article }).describe('until when "at once" is kept'),
    authority: z.strictObject({ name: z.string().min(1), hours, ground: z.string().min(1), article }),
  })
  .default({
    atOnce: { hours: 24, article: 'policy' },
    authority: {
      name: 'Kişisel Verileri Koruma Kurumu',
      hours: 72,
      ground: '6698 sayılı Kanun m. 12/5; Kişisel Verileri Koruma Kurulu kararı 2019/10',
      article: 'policy',
    },
  });
