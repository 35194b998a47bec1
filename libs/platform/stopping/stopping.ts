import { Injectable } from '@nestjs/common';

/** Whether this process has been told to stop: it answers what is under way, and begins nothing that it could not end. */
@Injectable()
export class Stopping {
  private told = false;

  get begun(): boolean {
    return this.told;
  }

  /** The first step of a stop, before any connection or listener is closed. */
  begin(): void {
    this.told = true;
  }
}
