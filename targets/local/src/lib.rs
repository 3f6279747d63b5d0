//! The manifest that `samc local` runs, from the graph alone.
