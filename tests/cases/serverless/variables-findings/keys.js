module.exports = { main: "x" };
