import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Studio } from './studio.ts';

/** A card of its own on a loop device, mounted in the watch folder. */
export class CardSlot {
  readonly #image: string;
  readonly root: string;
  #loop = '';

  constructor(studio: Studio, label: string) {
    this.#image = join(studio.folder, 'card.img');
    this.root = join(studio.watch, label);
    execFileSync('truncate', ['-s', '400M', this.#image]);
    execFileSync('mkfs.ext4', ['-q', '-F', '-m0', this.#image]);
    mkdirSync(this.root);
    this.in();
    rmSync(join(this.root, 'lost+found'), { recursive: true });
  }

  in(): void {
    mkdirSync(this.root, { recursive: true });
    this.#loop = execFileSync('losetup', ['-f', '--show', this.#image], {
      encoding: 'utf8',
    }).trim();
    execFileSync('mount', [this.#loop, this.root]);
  }

  out(): void {
    execFileSync('umount', [this.root]);
    execFileSync('losetup', ['-d', this.#loop]);
    rmSync(this.root, { recursive: true });
  }

  /** The medium is gone under whoever reads it; what was on it is kept for later. */
  pull(): void {
    const kept = `${this.#image}.kept`;
    copyFileSync(this.#image, kept);
    execFileSync('truncate', ['-s', '0', this.#image]);
    execFileSync('losetup', ['--set-capacity', this.#loop]);
    execFileSync('umount', ['-l', this.root]);
    execFileSync('losetup', ['-d', this.#loop]);
    rmSync(this.root, { recursive: true });
    renameSync(kept, this.#image);
  }

  remove(): void {
    try {
      execFileSync('umount', ['-l', this.root], { stdio: 'ignore' });
    } catch {
      // It is out already.
    }
    try {
      execFileSync('losetup', ['-d', this.#loop], { stdio: 'ignore' });
    } catch {
      // It is detached already.
    }
  }
}
