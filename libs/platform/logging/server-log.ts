import { Injectable } from '@nestjs/common';
import { Logger } from 'nestjs-pino';

const FRAMEWORK = new Set(['NestFactory', 'NestApplication', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

/** The process's log. Lines of the framework about its wiring have the level debug. */
@Injectable()
export class ServerLog extends Logger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (FRAMEWORK.has(String(rest.at(-1)))) super.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}
