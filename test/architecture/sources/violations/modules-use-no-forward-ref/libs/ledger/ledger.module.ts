export const imports = [forwardRef(() => QrPaymentsModule)];
