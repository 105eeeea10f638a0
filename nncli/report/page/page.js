"use strict";
// Only enhances: the page says everything without it.
