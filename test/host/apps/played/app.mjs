// Runs the whole app over services that are kept in memory, and whose clock is the host's.
import { register } from "../../../../functions/index.ts";
import { services } from "../../support/played.ts";

register(services);
