export const listingNames = ['agents', 'workers', 'children'] as const;
export type ListingName = (typeof listingNames)[number];
export const serviceNames = ['agents', 'agents-query', 'workers', 'children'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** What stands before the path of every address of a service. */
export const basePaths: Record<ServiceName, string> = { agents: '/iskur', 'agents-query': '/iskur', workers: '/emetip', children: '/cts' };

/** Where each service stands below its base path. */
export const paths: Record<ServiceName, string> = {
  agents: '/tarim-araci/v1/liste',
  'agents-query': '/tarim-araci/v1/sorgu',
  workers: '/api/v2/isciler',
  children: '/rest/cocuklar',
};
