// Plugin for osls: writes the schema of its configuration, with everything that its providers and events add to it.
'use strict';

const fs = require('fs');

module.exports = class {
  constructor(serverless) {
    this.hooks = {
      initialize: () => {
        fs.writeFileSync('schema.json', JSON.stringify(serverless.configSchemaHandler.schema));
      },
    };
  }
};
