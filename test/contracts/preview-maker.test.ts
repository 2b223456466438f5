import { FakePreviewMaker } from '../fakes/fake-preview-maker.ts';
import { previewMakerContract } from './preview-maker-contract.ts';

// The real maker needs its compiled child process: test/integration/previews-maker.test.ts.
previewMakerContract('the fake', () => new FakePreviewMaker());
