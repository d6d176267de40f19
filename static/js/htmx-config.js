// The policy of the back office allows no inline styles: htmx leaves its own out (they stand in theme.css).
"use strict";
htmx.config.includeIndicatorStyles = false;
