// Runs the whole app over an estate that is kept in memory, and whose clock is the host's.
import { register } from "../../../../functions/index.ts";
import { services } from "../../support/estateInPlayedTime.ts";

register(services);
