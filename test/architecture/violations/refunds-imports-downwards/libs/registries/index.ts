export class Registries {}
