console.log('fewmask');
