// What every page does: theme choice, toasts, shortcuts, forms.
import { startForms } from "./forms.js";
import { startLists } from "./lists.js";
import { startThemeChoice } from "./theme-choice.js";
import { startToasts } from "./toasts.js";

startThemeChoice();
startToasts();
startLists();
startForms();
