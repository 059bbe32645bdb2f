// Runs the whole app over services that are kept in memory, with sign-in.
import { register } from "../../../../functions/index.ts";
import { services } from "../../../support/roles.ts";

register(services);
