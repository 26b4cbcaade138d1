"""Where facts come from beside plain files: databases, watched folders, object stores."""
